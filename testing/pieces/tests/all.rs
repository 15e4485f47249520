//! Every piece does its work, again and again.

use spoke_pieces::{Failure, pieces};

#[test]
fn every_piece_does_its_work_each_time() -> Result<(), Failure> {
    for mut piece in pieces()? {
        for _ in 0..100 {
            piece.work()?;
        }
    }
    Ok(())
}
