//! the box's link to its department: signed updates, statistics, the push channel.
