//! Templates as messages need them.

use super::{Kind, Node, State};

impl State {
    /// The template of this name in this language.
    pub(crate) fn template(&self, account: &str, name: &str, language: &str) -> Option<&Node> {
        let templates = self.nodes.children(account, Kind::Template);
        let is_it = |node: &&Node| node.is("name", name) && node.is("language", language);
        templates.into_iter().find(is_it)
    }

    /// Whether there is a template of this name, in whatever language.
    pub(crate) fn has_template(&self, account: &str, name: &str) -> bool {
        let templates = self.nodes.children(account, Kind::Template);
        templates.iter().any(|node| node.is("name", name))
    }
}
