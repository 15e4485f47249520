use crate::board::Board;
use spoke_api::{Problem, ProblemCode};
use spoke_view::{Answer, PromptKind, UserPrompt};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Places where something waits for the user, in the order in which they came. The window
/// shows the first one: none takes another's place.
pub(crate) struct Prompts {
    board: Board,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    last: u32,
    open: Vec<Open>,
}

struct Open {
    prompt: UserPrompt,
    to: mpsc::UnboundedSender<Said>,
}

/// What the user did about a prompt.
pub(crate) enum Said {
    /// Answered it.
    Answer(Answer),
    /// Wants to sign in on another device instead.
    AnotherDevice,
}

impl Prompts {
    pub(crate) fn new(board: Board) -> Self {
        Self {
            board,
            queue: Mutex::default(),
        }
    }

    /// Puts a prompt behind those that are open; what the user does about it goes to `to`.
    pub(crate) fn open(
        self: &Arc<Self>,
        profile: &str,
        kind: PromptKind,
        to: mpsc::UnboundedSender<Said>,
    ) -> Prompted {
        let mut queue = self.lock();
        queue.last = queue.last.wrapping_add(1);
        let id = queue.last;
        let prompt = UserPrompt {
            id,
            profile: profile.to_owned(),
            kind,
        };
        queue.open.push(Open { prompt, to });
        self.show(&queue);
        Prompted {
            prompts: Arc::clone(self),
            id,
        }
    }

    /// Asks and waits for the answer; `None` when there will be none.
    pub(crate) async fn ask(self: &Arc<Self>, profile: &str, kind: PromptKind) -> Option<Answer> {
        let (to, mut heard) = mpsc::unbounded_channel();
        let _prompted = self.open(profile, kind, to);
        match heard.recv().await? {
            Said::Answer(answer) => Some(answer),
            Said::AnotherDevice => None,
        }
    }

    /// Takes in the answer to a prompt, which is closed by it.
    pub(crate) fn answer(&self, id: u32, answer: Answer) -> Result<(), Problem> {
        let mut queue = self.lock();
        let at = queue.position(id)?;
        let fits = queue
            .open
            .get(at)
            .is_some_and(|open| fits(&open.prompt.kind, &answer));
        if !fits {
            return Err(Problem::new(
                ProblemCode::Usage,
                "This is no answer to what is asked.",
                "Answer it as the window asks it.",
            ));
        }
        let open = queue.open.remove(at);
        self.show(&queue);
        // Whoever asked may have stopped waiting just now.
        let _ = open.to.send(Said::Answer(answer));
        Ok(())
    }

    /// Goes on with another device, where a sign-in waits in the browser.
    pub(crate) fn use_another_device(&self, id: u32) -> Result<(), Problem> {
        let queue = self.lock();
        let at = queue.position(id)?;
        match queue.open.get(at) {
            Some(open) if matches!(open.prompt.kind, PromptKind::Browser { .. }) => {
                let _ = open.to.send(Said::AnotherDevice);
                Ok(())
            }
            _ => Err(Problem::new(
                ProblemCode::Usage,
                "This is no sign-in in the browser.",
                "Answer it as the window asks it.",
            )),
        }
    }

    /// The page of a sign-in that waits.
    pub(crate) fn sign_in_page(&self, id: u32) -> Result<String, Problem> {
        let queue = self.lock();
        let at = queue.position(id)?;
        match queue.open.get(at).map(|open| &open.prompt.kind) {
            Some(PromptKind::Browser { url, .. } | PromptKind::DeviceCode { url, .. }) => {
                Ok(url.clone())
            }
            _ => Err(Problem::new(
                ProblemCode::Usage,
                "There is no page to be opened.",
                "Answer it as the window asks it.",
            )),
        }
    }

    /// Why the page of a sign-in could not be opened; none when it could.
    pub(crate) fn page_opened(&self, id: u32, failure: Option<String>) {
        let mut queue = self.lock();
        let Ok(at) = queue.position(id) else { return };
        if let Some(open) = queue.open.get_mut(at)
            && let PromptKind::Browser { not_opened, .. } = &mut open.prompt.kind
        {
            *not_opened = failure;
        }
        self.show(&queue);
    }

    fn close(&self, id: u32) {
        let mut queue = self.lock();
        queue.open.retain(|open| open.prompt.id != id);
        self.show(&queue);
    }

    fn show(&self, queue: &Queue) {
        let first = queue.open.first().map(|open| open.prompt.clone());
        self.board.set(|picture| &mut picture.prompt, first);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn position(&self, id: u32) -> Result<usize, Problem> {
        let found = self.open.iter().position(|open| open.prompt.id == id);
        found.ok_or_else(|| {
            Problem::new(
                ProblemCode::Usage,
                "What was asked is not waited for any more.",
                "Nothing needs to be done.",
            )
        })
    }
}

/// A prompt that is open for as long as this lives, or until it is answered.
pub(crate) struct Prompted {
    prompts: Arc<Prompts>,
    id: u32,
}

impl Drop for Prompted {
    fn drop(&mut self) {
        self.prompts.close(self.id);
    }
}

/// Whether an answer can answer that.
fn fits(kind: &PromptKind, answer: &Answer) -> bool {
    match (kind, answer) {
        (_, Answer::Cancel) => true,
        (PromptKind::Password { .. }, Answer::Password { .. })
        | (PromptKind::Question { .. } | PromptKind::FilePassword { .. }, Answer::Text { .. })
        | (PromptKind::Page { .. } | PromptKind::TokenFile { .. }, Answer::Yes | Answer::No) => {
            true
        }
        (
            PromptKind::Browser { .. }
            | PromptKind::DeviceCode { .. }
            | PromptKind::Page { .. }
            | PromptKind::Password { .. }
            | PromptKind::Question { .. }
            | PromptKind::FilePassword { .. }
            | PromptKind::TokenFile { .. },
            _,
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn question(text: &str) -> PromptKind {
        PromptKind::Question {
            text: text.to_owned(),
            echo: true,
        }
    }

    fn prompts() -> (Board, Arc<Prompts>) {
        let board = Board::default();
        (board.clone(), Arc::new(Prompts::new(board)))
    }

    fn shown(board: &Board) -> Option<(u32, PromptKind)> {
        let prompt = board.now().prompt?;
        Some((prompt.id, prompt.kind))
    }

    fn text(text: &str) -> Answer {
        Answer::Text {
            text: Zeroizing::new(text.to_owned()),
        }
    }

    #[tokio::test]
    async fn prompts_wait_for_each_other_and_each_gets_its_own_answer() {
        let (board, prompts) = prompts();
        let ask = |what: &'static str| {
            let prompts = Arc::clone(&prompts);
            tokio::spawn(async move {
                match prompts.ask("hub", question(what)).await {
                    Some(Answer::Text { text }) => text.to_string(),
                    _ => String::new(),
                }
            })
        };
        let one = ask("one?");
        tokio::task::yield_now().await;
        let two = ask("two?");
        tokio::task::yield_now().await;
        assert_eq!(shown(&board), Some((1, question("one?"))));
        // An answer that comes ahead of its turn is an answer all the same.
        prompts.answer(2, text("2")).unwrap();
        assert_eq!(shown(&board), Some((1, question("one?"))));
        prompts.answer(1, text("1")).unwrap();
        assert_eq!(shown(&board), None);
        assert_eq!(
            (one.await.unwrap(), two.await.unwrap()),
            ("1".into(), "2".into())
        );
        assert!(prompts.answer(1, text("again")).is_err());
    }

    #[tokio::test]
    async fn a_prompt_goes_with_whoever_asked() {
        let (board, prompts) = prompts();
        let asking = tokio::spawn({
            let prompts = Arc::clone(&prompts);
            async move { prompts.ask("hub", question("one?")).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(shown(&board).is_some());
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert_eq!(shown(&board), None);
    }

    #[test]
    fn an_answer_of_another_kind_answers_nothing() {
        let (board, prompts) = prompts();
        let (to, mut heard) = mpsc::unbounded_channel();
        let _open = prompts.open("hub", question("one?"), to);
        for answer in [Answer::Yes, Answer::No] {
            assert!(prompts.answer(1, answer).is_err());
        }
        assert!(prompts.use_another_device(1).is_err());
        assert!(prompts.sign_in_page(1).is_err());
        assert!(heard.try_recv().is_err() && shown(&board).is_some());
        prompts.answer(1, Answer::Cancel).unwrap();
        assert!(matches!(heard.try_recv(), Ok(Said::Answer(Answer::Cancel))));
    }
}
