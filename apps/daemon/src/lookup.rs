use crate::driver::Inner;
use crate::tunnel::Gate;
use spoke_supervisor::{Attempt, Input};
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long an answer is waited for before the question is asked once more beside the earlier ones. The system asks a
/// server again after five seconds (`timeout` of resolv.conf(5)), which is long where one packet in twenty is lost.
const AGAIN: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Looks a gateway's name up, once the gate, if there is one, has opened.
pub(crate) fn resolve(
    attempt: Attempt,
    host: String,
    port: u16,
    gate: Option<Gate>,
    to_driver: mpsc::UnboundedSender<Inner>,
) {
    tokio::spawn(async move {
        if let Some(gate) = gate {
            // One that is gone leaves nothing to wait for.
            let _ = gate.await;
        }
        let ask = || {
            let host = host.clone();
            async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }
        };
        let result = first_answer(ask, &AGAIN).await;
        let result = result.map_err(|error| error.to_string());
        let _ = to_driver.send(Inner::Input(Input::Resolved { attempt, result }));
    });
}

/// Asks, and once more after each of the pauses that passes without an answer.
async fn first_answer<T, F>(ask: impl Fn() -> F, pauses: &[Duration]) -> io::Result<T>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut asked = JoinSet::new();
    asked.spawn(ask());
    for pause in pauses {
        if let Ok(Some(answer)) = timeout(*pause, asked.join_next()).await {
            return answer.unwrap_or_else(|error| Err(error.into()));
        }
        asked.spawn(ask());
    }
    match asked.join_next().await {
        Some(answer) => answer.unwrap_or_else(|error| Err(error.into())),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}

/// While an attempt is made: should it fail, this may be why.
pub(crate) fn look_for_portal(to_driver: mpsc::UnboundedSender<Inner>) {
    tokio::spawn(async move {
        let input = Input::Portal(spoke_host::behind_portal().await);
        let _ = to_driver.send(Inner::Input(input));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const PAUSES: [Duration; 3] = [Duration::from_millis(20); 3];

    /// What comes of questions, and how many there were; those that are never answered come first.
    async fn asked(lost: u32, answer: io::Result<u32>) -> (io::Result<u32>, u32) {
        let count = Cell::new(0);
        let answer = answer.map_err(|error| error.kind());
        let ask = || {
            count.set(count.get() + 1);
            let lost = count.get() <= lost;
            async move {
                if lost {
                    std::future::pending::<()>().await;
                }
                answer.map_err(io::Error::from)
            }
        };
        let result = timeout(Duration::from_secs(10), first_answer(ask, &PAUSES)).await;
        let result = result.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        (result, count.get())
    }

    #[tokio::test]
    async fn a_question_that_is_lost_is_asked_again() {
        for lost in 0..=3 {
            let (result, count) = asked(lost, Ok(7)).await;
            assert_eq!(result.unwrap(), 7);
            assert_eq!(count, lost + 1);
        }
    }

    #[tokio::test]
    async fn an_answer_that_there_is_no_such_name_is_one() {
        let (result, count) = asked(0, Err(io::ErrorKind::NotFound.into())).await;
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(count, 1);
        let (result, count) = asked(1, Err(io::ErrorKind::NotFound.into())).await;
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(count, 2);
    }
}
