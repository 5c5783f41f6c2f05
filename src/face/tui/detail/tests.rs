//! Pictures of the tabs, and that none of them fails for any size or position.
