//! States for the unit tests of this crate.

use spoke_api::{
    Connection, DnsMode, DnsState, Gateway, Phase, Stage, StageReport, StageStatus, State, Traffic,
};

/// On the way, with these stages.
pub(crate) fn connecting(stages: &[(Stage, StageStatus)]) -> State {
    let stages = stages
        .iter()
        .map(|(stage, status)| StageReport {
            stage: *stage,
            status: *status,
            took_ms: (*status == StageStatus::Done).then_some(70),
            detail: String::new(),
        })
        .collect();
    State {
        connection: Some(Connection {
            since_ms: 1_800_000_000_000,
            stages,
            ..Connection::new("contoso-hub", 1000, Phase::Connecting)
        }),
    }
}

/// The connection of the product page.
pub(crate) fn connected() -> State {
    let done: Vec<_> = Stage::ALL
        .iter()
        .map(|stage| (*stage, StageStatus::Done))
        .collect();
    let mut state = connecting(&done);
    if let Some(connection) = &mut state.connection {
        for report in &mut connection.stages {
            match report.stage {
                Stage::Tls => "TLS 1.3, certificate ok",
                Stage::Auth => "ana@contoso.com (silent)",
                _ => "",
            }
            .clone_into(&mut report.detail);
        }
        connection.phase = Phase::Connected;
        connection.connected_at_ms = Some(1_800_000_000_700);
        connection.account = Some("ana@contoso.com".to_owned());
        connection.sign_in_expires = Some(1_800_003_600);
        connection.sign_in_renews = Some(1_800_001_800);
        connection.gateway = Some(Gateway {
            host: "azuregateway-1c2d3e4f-0000-0000-0000-000000000000-0123456789ab.vpn.azure.com"
                .to_owned(),
            address: "203.0.113.4:443".parse().ok(),
            position: 0,
            rtt_us: Some(21_300),
        });
        connection.interface = Some("spoke0".to_owned());
        connection.addresses = "172.16.201.7/24".parse().into_iter().collect();
        connection.mtu = Some(1500);
        connection.routes = ["10.20.0.0/16", "10.30.0.0/16"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        connection.dns = Some(DnsState {
            mode: DnsMode::Split,
            servers: "10.20.0.4".parse().into_iter().collect(),
            suffixes: vec!["contoso.internal".to_owned()],
            manager: "systemd-resolved".to_owned(),
        });
        connection.tls = Some("1.3".to_owned());
        connection.traffic = Traffic {
            received: 412_000_000,
            sent: 38_000_000,
            receive_rate: 1_200_000,
            send_rate: 100_000,
        };
    }
    state
}
