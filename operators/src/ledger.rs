//! What lies in carts, and what is billed for it.

pub mod cart;
pub mod decide;
pub mod promote;
pub mod settle;
