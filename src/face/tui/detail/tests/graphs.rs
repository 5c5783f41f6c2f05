use super::*;

#[test]
fn graphs_have_axes_and_the_line_of_the_position() {
    let run = Ran::on_the_wire();
    let middle = run.behind(|what| matches!(what, What::Fate { fate: Fate::Corrupted { .. }, .. }));
    check("graph-sequence", &run, &open(Tab::Graphs), At { position: middle, ..At::default() });
    let mut state = open(Tab::Graphs);
    let at = At { position: run.end(), ..At::default() };
    run.with(at, &theme(), |subject| (0..2).for_each(|_| state.act(Move::Right, Rect::default(), subject)));
    check("graph-cwnd", &run, &state, at);
    snapshot::check("detail-graph-cwnd-ascii", &run.drawn(&state, at, (78, 12), &ascii()));
}

#[test]
fn a_click_on_its_name_chooses_a_graph() {
    let run = Ran::on_the_wire();
    let at = At { position: run.end(), ..At::default() };
    let mut state = open(Tab::Graphs);
    let (x, y) = find(&run.drawn(&state, at, (78, 12), &theme()), "rtt");
    assert!(run.with(at, &theme(), |subject| state.click(x, y, Rect::new(1, 1, 78, 12), subject)));
    assert!(run.drawn(&state, at, (78, 12), &theme()).contains("[rtt]"));
    assert!(!run.with(at, &theme(), |subject| state.click(x, y + 3, Rect::new(1, 1, 78, 12), subject)));
}

#[test]
fn what_is_recorded_and_was_not_seen_yet_is_not_drawn() {
    let run = Ran::on_the_wire();
    let middle = run.behind(|what| matches!(what, What::Fate { fate: Fate::Corrupted { .. }, .. }));
    let mut cut = Ran::on_the_wire();
    cut.reel.cut(middle);
    for steps in 0..3 {
        let mut state = open(Tab::Graphs);
        let at = At { position: middle, seen: Some(middle), ..At::default() };
        run.with(at, &theme(), |subject| (0..steps).for_each(|_| state.act(Move::Right, Rect::default(), subject)));
        let drawn = run.drawn(&state, at, (78, 12), &theme());
        assert_eq!(drawn, cut.drawn(&state, at, (78, 12), &theme()), "as if the rest had not happened");
        assert_ne!(drawn, run.drawn(&state, At { seen: None, ..at }, (78, 12), &theme()));
    }
}
