//! What the web servers of Lá Chắn share: the block page.
