//! Who is outside: WeChat and whoever sends text messages. They are asked, answer, answer wrongly,
//! slowly or not at all.

mod binding;
mod codes;
mod faults;
mod messages;
mod real_name;
mod refusals;
mod token;
mod wechat;
