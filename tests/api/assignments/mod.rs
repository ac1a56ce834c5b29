//! One volunteer on one dispatch: how he comes to it, what he sees, and how he proves that he came.

mod no_shows;
mod nominations;
mod own_orders;
mod places;
mod presence;
mod secrets;
mod services;
