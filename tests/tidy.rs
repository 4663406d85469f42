//! Holds the shape of the project: layers, purity, file lengths, module docs.

#[test]
fn the_map_exists() {
    assert!(std::path::Path::new("src/ARCHITECTURE.md").exists());
}
