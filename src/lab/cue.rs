//! Where the script waits for the learner.
use crate::timeline::event::BlockRef;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Step(usize),
    Block(BlockRef),
    Beat { block: BlockRef, line: usize },
    Learner(BlockRef),
    End,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    Beat,
    Line,
}
