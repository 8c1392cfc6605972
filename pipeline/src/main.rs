//! aisleflow
fn main() {}
