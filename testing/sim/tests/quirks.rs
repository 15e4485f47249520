//! What other implementations do that ours do not: seen with the real programs, and played here for all to run.

use spoke_engine::{Side, TransportKind};
use spoke_sim::puppet::{Point, Stage};
use spoke_sim::{Scenario, SimIdentity};

#[test]
fn a_client_may_answer_a_soft_reset_with_its_client_hello_alone() {
    let identity = SimIdentity::new().unwrap();
    for transport in [TransportKind::Tcp, TransportKind::Udp] {
        let scenario = Scenario::plain(&identity, transport);
        let mut stage = Stage::new(&scenario, Side::Server).unwrap();
        stage.reach(Point::Up).unwrap();
        let now = stage.now();
        stage.victim.session().renegotiate(now);
        stage.pump();
        // As the client of OpenVPN 3: no reset of its own, TLS from message 0 on.
        stage.puppet.begin_tls(1);
        stage.pump();
        stage.puppet.say_exchange(1);
        stage.pump();
        stage.puppet.make_keys(1).unwrap();
        stage.current = 1;
        stage.exchange(1).unwrap();
        assert_eq!(stage.victim.sending(), Some(1));
    }
}
