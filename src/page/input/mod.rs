//! Acting on a page: from a wish (click, type, press) to input events. It must not know operations or faces.

pub mod keys;
