//! The languages of the matrix, and how each writes its model.

/// How a language writes the model. `%` is the name or value, `I` the indentation, `K` the key, `N` a note behind the
/// value, `~` a comma that the last entry does not have.
pub struct Language {
    pub name: &'static str,
    /// A comment at the top.
    pub head: Option<&'static str>,
    pub start: &'static str,
    pub list: Option<[&'static str; 3]>,
    pub open: &'static str,
    pub key: &'static str,
    pub upper: bool,
    pub line: &'static str,
    pub close: &'static str,
    pub end: &'static str,
    pub note: Option<&'static str>,
    pub quotes: bool,
    /// How the place of a setting of a block is written, and that of the list.
    pub path: &'static str,
    pub hosts: &'static str,
}

const PLAIN: Language = Language {
    name: "",
    head: Some("# %\n"),
    start: "",
    list: None,
    open: "",
    key: "%",
    upper: false,
    line: "",
    close: "",
    end: "",
    note: None,
    quotes: false,
    path: "B.%",
    hosts: "hosts",
};

pub const LANGUAGES: [Language; 10] = [
    Language {
        name: "env",
        upper: true,
        line: "K=\"%\"N\n",
        close: "\n",
        note: Some(" # note"),
        quotes: true,
        path: "",
        ..PLAIN
    },
    Language {
        name: "yaml",
        list: Some(["hosts:\n", "I- \"%\"\n", ""]),
        open: "%:\n",
        line: "IK: \"%\"N\n",
        note: Some(" # note"),
        quotes: true,
        ..PLAIN
    },
    Language {
        name: "toml",
        list: Some(["hosts = [\n", "I\"%\",\n", "]\n"]),
        open: "\n[%]\n",
        line: "K = \"%\"N\n",
        note: Some(" # note"),
        quotes: true,
        ..PLAIN
    },
    Language {
        name: "json",
        head: None,
        start: "{\n",
        list: Some(["I\"hosts\": [\n", "II\"%\"~\n", "I],\n"]),
        open: "I\"%\": {\n",
        line: "II\"K\": \"%\"~\n",
        close: "I}~\n",
        end: "}\n",
        ..PLAIN
    },
    Language { name: "ini", open: "[%]\n", line: "K = %\n", close: "\n", ..PLAIN },
    Language { name: "properties", key: "B.%", line: "K=%\n", close: "\n", ..PLAIN },
    Language {
        name: "hcl",
        list: Some(["hosts = [\n", "I\"%\",\n", "]\n"]),
        open: "\n% {\n",
        line: "IK = \"%\"N\n",
        close: "}\n",
        note: Some(" # note"),
        ..PLAIN
    },
    Language {
        name: "xml",
        head: Some("<!-- % -->\n"),
        start: "<config>\n",
        open: "I<%>\n",
        line: "II<K>%</K>N\n",
        close: "I</%>\n",
        end: "</config>\n",
        note: Some(" <!-- note -->"),
        path: "config.B.%",
        ..PLAIN
    },
    Language {
        name: "python",
        list: Some(["hosts = [\n", "I\"%\",\n", "]\n"]),
        open: "% = {\n",
        line: "I\"K\": \"%\",N\n",
        close: "}\n",
        note: Some("  # note"),
        quotes: true,
        ..PLAIN
    },
    Language {
        name: "javascript",
        head: Some("// %\n"),
        list: Some(["const hosts = [\n", "I\"%\",\n", "];\n"]),
        open: "const % = {\n",
        line: "IK: \"%\",N\n",
        close: "};\n",
        note: Some(" // note"),
        quotes: true,
        path: "const B.%",
        hosts: "const hosts",
        ..PLAIN
    },
];
