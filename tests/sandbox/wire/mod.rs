//! The wire between two real kernels' ends: every frame in our hands.

mod fates;
mod ground;
mod hands;
mod killed;
mod onlooker;
mod routers;
mod states;

use crate::stage::Scene;

pub(crate) fn scenes() -> Vec<Scene> {
    [states::SCENES, fates::SCENES, ground::SCENES, onlooker::SCENES, routers::SCENES, killed::SCENES].concat()
}
