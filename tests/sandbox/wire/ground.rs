use crate::stage::Scene; pub(crate) const SCENES: &[Scene] = &[];
