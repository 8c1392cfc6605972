//! Aisleflow: cameras in, tables out. This crate owns all input and output, configuration, threads and process exit.

pub mod adapt;
pub mod annotate;
pub mod assemble;
pub mod calibrate;
pub mod cli;
pub mod clock;
pub mod clocks;
pub mod cluster;
pub mod config;
pub mod floor;
pub mod gate;
pub mod infer;
pub mod ingest;
pub mod look;
pub mod metrics;
pub mod mot;
pub mod panics;
pub mod personalise;
pub mod progress;
pub mod review;
pub mod run;
pub mod sink;
pub mod tables;
pub mod track;
pub mod worker;
pub mod zoo;
