//! Where the names of moments go: behind or before their symbols, in rows above the field.
//!
//! The line of a moment starts in its own row and goes down through all lower ones. So a name is
//! crossed by a later moment in its own row or in a higher one, and never by one in a lower row:
//! names that are close go down like stairs.

/// What must be placed, and how much room it takes, in CSS pixels. Sorted by `x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    /// Where its line is.
    pub(super) x: f32,
    /// From the line to the end of the word.
    pub(super) word: f32,
    /// From the line to the end of word and label.
    pub(super) full: f32,
}

/// The side on which a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Behind,
    Before,
    /// No room but for the symbol.
    Nowhere,
}

/// A place for a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    /// From 0 at the top.
    pub(super) row: usize,
    pub(super) side: Side,
    /// How far from the line the name may reach, in CSS pixels.
    pub(super) reach: f32,
}

/// The field above which names stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) rows: usize,
    /// Half the width of a symbol: no name comes closer to another's line.
    pub(super) near: f32,
}

/// Gives each a place, in order.
pub(super) fn place(all: &[Wanted], room: Room) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    for (number, wanted) in all.iter().enumerate() {
        let earlier = all.get(..number).unwrap_or_default();
        let spot = choose(wanted, earlier, &spots, room);
        spots.push(spot);
    }
    // A name ends where a later moment needs the room.
    for number in 0..spots.len() {
        let reach = reach(number, all, &spots, room);
        if let (Some(spot), Some(reach)) = (spots.get_mut(number), reach) {
            spot.reach = reach;
        }
    }
    spots
}

/// Beside whole names if possible, else cutting earlier ones down to their words.
fn choose(wanted: &Wanted, earlier: &[Wanted], spots: &[Spot], room: Room) -> Spot {
    let fits = |row: usize, width: f32, kept: fn(&Wanted) -> f32| {
        let is_free = earlier.iter().zip(spots).all(|(other, spot)| {
            let end = other.x + if spot.side == Side::Behind { kept(other) } else { room.near };
            spot.row < row || wanted.x - room.near >= end
        });
        is_free && wanted.x + width <= room.right
    };
    let behind = |row| Spot { row, side: Side::Behind, reach: wanted.word };
    let top_down = (0..room.rows).find(|row| fits(*row, wanted.full, |other| other.full));
    let bottom_up = || (0..room.rows).rev().find(|row| fits(*row, wanted.word, |other| other.word));
    if let Some(row) = top_down.or_else(bottom_up) {
        return behind(row);
    }
    let before = (0..room.rows).rev().find(|row| {
        let begin = wanted.x - wanted.word;
        let is_free = earlier.iter().zip(spots).all(|(other, spot)| {
            let end =
                if spot.row == *row && spot.side == Side::Behind { other.word } else { room.near };
            spot.row > *row || other.x + end <= begin
        });
        is_free && begin >= room.left && fits(*row, 0.0, |other| other.word)
    });
    match before {
        Some(row) => Spot { row, side: Side::Before, reach: wanted.word },
        None => Spot { row: room.rows.saturating_sub(1), side: Side::Nowhere, reach: 0.0 },
    }
}

/// How far a name may reach before a later line or name.
fn reach(number: usize, all: &[Wanted], spots: &[Spot], room: Room) -> Option<f32> {
    let (wanted, spot) = (all.get(number)?, spots.get(number)?);
    let later = all.iter().zip(spots).skip(number + 1);
    let crossing = later.filter(|(_, other)| other.row <= spot.row);
    let begin = |(other, spot): (&Wanted, &Spot)| match spot.side {
        Side::Before => other.x - other.word,
        Side::Behind | Side::Nowhere => other.x - room.near,
    };
    match spot.side {
        Side::Behind => Some(crossing.map(begin).fold(room.right, f32::min) - wanted.x),
        Side::Before => Some(wanted.word),
        Side::Nowhere => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { left: 0.0, right: 500.0, rows: 3, near: 5.0 };

    fn wanted(x: f32, full: f32) -> Wanted {
        Wanted { x, word: 40.0, full }
    }

    #[test]
    fn distant_names_share_the_top_row() {
        let spots = place(&[wanted(10.0, 100.0), wanted(200.0, 100.0)], ROOM);
        assert!(spots.iter().all(|spot| spot.row == 0 && spot.reach >= 100.0), "{spots:?}");
    }

    #[test]
    fn close_names_go_down_like_stairs() {
        let spots = place(&[wanted(10.0, 100.0), wanted(60.0, 100.0), wanted(90.0, 100.0)], ROOM);
        assert_eq!(spots.iter().map(|spot| spot.row).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(spots.iter().all(|spot| spot.reach >= 100.0), "{spots:?}");
    }

    #[test]
    fn labels_give_way_before_words() {
        let all = [0.0, 50.0, 100.0, 150.0, 200.0].map(|x| wanted(x, 300.0));
        let spots = place(&all, ROOM);
        assert!(
            spots.iter().all(|spot| spot.side == Side::Behind && spot.reach >= 40.0),
            "{spots:?}"
        );
    }

    #[test]
    fn at_the_right_end_a_name_stands_before_its_line() {
        let spots = place(&[wanted(10.0, 100.0), wanted(490.0, 100.0)], ROOM);
        assert_eq!(spots[1].side, Side::Before);
    }

    #[test]
    fn a_crowd_keeps_its_symbols() {
        let all: Vec<Wanted> = (0_u8..50).map(|x| wanted(f32::from(x), 100.0)).collect();
        let spots = place(&all, ROOM);
        assert_eq!(spots.len(), 50);
        assert!(spots.iter().any(|spot| spot.side == Side::Nowhere));
    }
}
