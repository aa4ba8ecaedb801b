//! The threads that make pages for pupils. They run when nobody else wants the processor: a page may wait, an answer
//! to a query may not, and a class that loads pages must not be felt by another that browses.

use std::io;

use tokio::runtime::{Builder, Runtime};

use super::super::behind_answers;

/// A runtime for work that blocks, and nothing else.
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    /// So many at most; they end when they have nothing to do for a while.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn new(most: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(most)
            .thread_name("pupils")
            .on_thread_start(behind_answers)
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Does work there; `None` when it failed, or the program ends.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let runtime = self.0.as_ref()?;
        runtime.spawn_blocking(work).await.ok()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for what is under way would panic inside another runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_elsewhere_and_may_be_let_go_inside_a_runtime() {
        let threads = Threads::new(2).unwrap();
        let here = std::thread::current().id();
        let there = threads.work(|| std::thread::current().id()).await;
        assert_ne!(there.unwrap(), here);
        let failed: Option<()> = threads.work(|| panic!("one page fails")).await;
        assert!(failed.is_none());
        assert_eq!(threads.work(|| 7).await, Some(7));
        drop(threads);
    }
}
