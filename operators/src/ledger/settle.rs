//! Settle
