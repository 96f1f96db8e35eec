//! What is done to whole files. However often one is written, moved and given permissions, what is kept of it is one
//! step from what it was to what it is, so that taking it back needs no file on the way.

use super::{Changed, Edited, Repository};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Format, Op, Trace};
use crate::migration::Refused;
use crate::path::RepoPath;
use crate::tree::FileState;

impl Repository<'_, '_> {
    /// Makes the file at `path` what `state` says, whatever it was.
    pub(in crate::migration) fn write_whole(&mut self, path: &RepoPath, state: FileState) -> Result<(), Refused> {
        let path = &self.own_name(path).into_owned();
        let now = content(path, &state)?;
        let mode = mode_text(state.mode);
        match self.state(path)? {
            None => self.keep(path, Trace::whole(Op::Create, String::new(), now, mode)),
            Some(before) => {
                let first = self.first(path, before);
                let was = content(path, &first)?;
                self.outcome.kept.remove(path);
                let file = self.changed(path);
                file.settings.clear();
                file.edits.retain(|edit| matches!(edit.trace.op, Op::Create | Op::Delete | Op::Relocate));
                match file.edits.iter_mut().find(|edit| edit.trace.op == Op::Create) {
                    Some(create) => (create.trace.now, create.trace.joined) = (now, mode),
                    None => self.keep(path, Trace::whole(Op::Rewrite, was, now, mode_text(first.mode))),
                }
            }
        }
        self.put(path, Some(state))
    }

    pub(in crate::migration) fn delete(&mut self, path: &RepoPath) -> Result<(), Refused> {
        self.expect_no_link(path)?;
        let Some(before) = self.state(path)? else { return Ok(()) };
        let first = self.first(path, before);
        let origin = self.origin(path);
        let gone = self.take(path);
        self.outcome.kept.remove(path);
        if !is_new(&gone) {
            let was = content(&origin, &first)?;
            self.keep(&origin, Trace::whole(Op::Delete, was, String::new(), mode_text(first.mode)));
        }
        self.put(path, None)
    }

    /// Gives the file another name; its edits so far go with it.
    pub(in crate::migration) fn rename(&mut self, path: &RepoPath, to: &RepoPath) -> Result<(), Refused> {
        self.expect_no_link(path)?;
        let Some(state) = self.state(path)? else { return Ok(()) };
        let origin = self.origin(path);
        let mut file = self.take(path);
        let mut kept = self.outcome.kept.remove(path).unwrap_or_default();
        // What was edited under the old name is read as that name says.
        let named = |path: &RepoPath| format::detect(path.file_name()).map(Format::name);
        if named(path) != named(to) {
            let inner = file.edits.iter_mut().filter(|edit| !edit.trace.op.is_whole());
            for edit in inner.chain(&mut kept) {
                edit.format = edit.format.or(named(path));
            }
        }
        let new = file.edits.iter_mut().find(|edit| edit.trace.op == Op::Create);
        let moved =
            new.is_none().then(|| Trace::whole(Op::Relocate, origin.to_string(), to.to_string(), String::new()));
        if let Some(create) = new {
            create.trace.after.push(path.to_string());
        }
        let known = file.edits.iter().position(|edit| edit.trace.op == Op::Relocate);
        let before = known.map(|known| file.edits.remove(known).trace.after).unwrap_or_default();
        if let Some(moved) = moved.filter(|_| origin != *to) {
            let through = (origin != *path).then(|| path.to_string());
            let after = before.into_iter().chain(through).collect();
            file.edits.push(Edited { trace: Trace { after, ..moved }, format: None });
        }
        self.changed(to).extend(file);
        self.found_right(to, kept);
        self.put(to, Some(state))?;
        self.put(path, None)
    }

    pub(in crate::migration) fn set_mode(&mut self, path: &RepoPath, mode: u32) -> Result<(), Refused> {
        let path = &self.own_name(path).into_owned();
        let Some(before) = self.state(path)? else { return Ok(()) };
        if before.mode & 0o777 == mode {
            self.skip(path, "already so");
            return Ok(());
        }
        let first = self.first(path, before.clone());
        let file = self.changed(path);
        file.edits.retain(|edit| edit.trace.op != Op::Mode);
        match file.edits.iter_mut().find(|edit| edit.trace.op == Op::Create) {
            Some(create) => create.trace.joined = mode_text(mode),
            None if first.mode & 0o777 == mode => {}
            None => self.keep(path, Trace::whole(Op::Mode, mode_text(first.mode), mode_text(mode), String::new())),
        }
        self.put(path, Some(FileState { mode, ..before }))
    }

    fn keep(&mut self, path: &RepoPath, trace: Trace) {
        self.changed(path).edits.push(Edited { trace, format: None });
    }

    fn changed(&mut self, path: &RepoPath) -> &mut Changed {
        self.outcome.changed.entry(path.clone()).or_default()
    }

    /// What was done to the file that is at `path` now: one that was deleted there before is another.
    fn take(&mut self, path: &RepoPath) -> Changed {
        let mut file = self.outcome.changed.remove(path).unwrap_or_default();
        let (deleted, own) = file.edits.into_iter().partition(|edit| edit.trace.op == Op::Delete);
        file.edits = own;
        let left = Changed { edits: deleted, ..Changed::default() };
        if !left.edits.is_empty() {
            self.outcome.changed.insert(path.clone(), left);
        }
        file
    }

    /// Where the file at `path` was before the migration.
    fn origin(&self, path: &RepoPath) -> RepoPath {
        let edits = self.outcome.changed.get(path).into_iter().flat_map(|file| &file.edits);
        let moved =
            edits.filter(|edit| edit.trace.op == Op::Relocate).find_map(|edit| RepoPath::new(&edit.trace.was).ok());
        moved.unwrap_or_else(|| path.clone())
    }

    /// The file at `path`, which is `current` now, as it was before the migration.
    fn first(&self, path: &RepoPath, current: FileState) -> FileState {
        let is_new = self.outcome.changed.get(path).is_some_and(is_new);
        let known = self.outcome.before.get(&self.origin(path)).cloned().flatten();
        known.filter(|_| !is_new).unwrap_or(current)
    }
}

fn is_new(file: &Changed) -> bool {
    file.edits.iter().any(|edit| edit.trace.op == Op::Create)
}

/// The text of a file that is created or deleted as a whole: what a record can hold.
fn content(path: &RepoPath, state: &FileState) -> Result<String, Refused> {
    String::from_utf8(state.bytes.to_vec()).map_err(|_| {
        let diagnostic =
            Diagnostic::error(Code::NotText, format!("`{path}` is no UTF-8 text, and a record holds text only"));
        diagnostic.at(Location::file(path.as_str())).note("nothing was written").into()
    })
}

fn mode_text(mode: u32) -> String {
    format!("{mode:04o}")
}
