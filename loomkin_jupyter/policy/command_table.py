"""What well-known commands do: which only read, which write, which reach the network, which run other commands. Data."""

from __future__ import annotations

READERS: frozenset[str] = frozenset(
    [
        "cat",
        "head",
        "tail",
        "less",
        "more",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "ag",
        "ls",
        "dir",
        "wc",
        "diff",
        "cmp",
        "comm",
        "file",
        "stat",
        "du",
        "df",
        "sort",
        "uniq",
        "cut",
        "tr",
        "jq",
        "md5sum",
        "sha1sum",
        "sha256sum",
        "tree",
        "pwd",
        "which",
        "type",
        "whereis",
        "test",
        "[",
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "column",
        "nl",
        "od",
        "xxd",
        "hexdump",
        "strings",
        "paste",
        "join",
        "expr",
        "seq",
        "date",
        "whoami",
        "id",
        "uname",
        "true",
        "false",
        "sleep",
        "find",
        "fd",
        "awk",
        "gawk",
        "sed",
        "cd",
        "pushd",
        "popd",
        "echo",
        "printf",
        "zcat",
        "bat",
    ]
)
"""Commands that leave files alone (``sed -i``, ``find -delete``, ``sort -o`` are told apart by their options)."""

TEXT_ONLY: frozenset[str] = frozenset(
    {"echo", "printf", "true", "false", "sleep", "expr", "seq", "date", "exit", "return", "export", "alias", "set"}
)
"""Commands whose words are text, never paths."""

SHELLS: frozenset[str] = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish", "ash"})

WRAPPERS: dict[str, frozenset[str]] = {
    "env": frozenset({"-u", "--unset", "-C", "--chdir", "-S"}),
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-D"}),
    "doas": frozenset({"-u", "-C"}),
    "nohup": frozenset(),
    "time": frozenset({"-o", "-f"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "setsid": frozenset(),
    "command": frozenset(),
    "builtin": frozenset(),
    "exec": frozenset({"-a"}),
    "xargs": frozenset({"-I", "-n", "-P", "-d", "-L", "-s", "-a", "-E"}),
    "chroot": frozenset(),
    "unshare": frozenset(),
    "strace": frozenset({"-o", "-e", "-p"}),
    "watch": frozenset({"-n"}),
    "parallel": frozenset({"-j"}),
    "flock": frozenset({"-w"}),
    "proxychains": frozenset(),
    "busybox": frozenset(),
    "toybox": frozenset(),
}
"""Commands that run the command in their words, with the options that take a value."""

LEADING_VALUES: dict[str, int] = {"timeout": 1, "chroot": 1, "flock": 1}
"""Words of their own that such commands take before the command they run."""

NETWORK: frozenset[str] = frozenset(
    [
        "curl",
        "wget",
        "ssh",
        "scp",
        "sftp",
        "ftp",
        "nc",
        "ncat",
        "netcat",
        "socat",
        "telnet",
        "ping",
        "dig",
        "nslookup",
        "host",
        "traceroute",
        "gh",
        "hub",
        "aws",
        "gcloud",
        "az",
        "kubectl",
        "helm",
        "apt",
        "apt-get",
        "dnf",
        "yum",
        "apk",
        "brew",
        "pacman",
        "snap",
        "conda",
        "mamba",
        "micromamba",
        "poetry",
        "docker",
        "podman",
        "nmap",
        "lynx",
        "aria2c",
        "http",
        "https",
        "xh",
        "rclone",
        "gsutil",
        "huggingface-cli",
        "hf",
        "kaggle",
        "twine",
        "mosh",
        "openssl",
    ]
)

NETWORK_VERBS: dict[str, frozenset[str]] = {
    "git": frozenset(
        {"push", "pull", "fetch", "clone", "ls-remote", "submodule", "remote", "archive", "send-email", "lfs"}
    ),
    "pip": frozenset({"install", "download", "wheel", "search", "index"}),
    "pip3": frozenset({"install", "download", "wheel", "search", "index"}),
    "uv": frozenset({"add", "sync", "pip", "lock", "tool", "run", "publish", "python"}),
    "uvx": frozenset(),
    "pipx": frozenset({"install", "run", "upgrade"}),
    "npm": frozenset({"install", "i", "ci", "publish", "update", "exec", "add"}),
    "yarn": frozenset({"install", "add", "up", "dlx", "publish"}),
    "pnpm": frozenset({"install", "add", "dlx", "update", "publish", "i"}),
    "npx": frozenset(),
    "cargo": frozenset({"install", "fetch", "publish", "add", "update"}),
    "go": frozenset({"get", "install", "mod"}),
    "gem": frozenset({"install", "push", "update"}),
    "hatch": frozenset({"publish", "env"}),
    "svn": frozenset({"checkout", "co", "update", "commit"}),
    "hg": frozenset({"push", "pull", "clone"}),
}
"""Commands that reach the network only for some verbs; an empty set: always."""

DESTRUCTIVE: frozenset[str] = frozenset(
    [
        "mkfs",
        "shred",
        "wipefs",
        "fdisk",
        "parted",
        "sfdisk",
        "shutdown",
        "reboot",
        "halt",
        "poweroff",
        "kill",
        "killall",
        "pkill",
        "sudo",
        "doas",
        "su",
        "chown",
        "crontab",
        "at",
        "systemctl",
        "service",
        "mount",
        "umount",
        "iptables",
        "userdel",
        "useradd",
        "passwd",
        "insmod",
        "rmmod",
        "swapoff",
    ]
)

DESTRUCTIVE_GIT: dict[str, frozenset[str]] = {
    "reset": frozenset({"--hard", "--merge", "--keep"}),
    "clean": frozenset({"-f", "-d", "-x", "-fd", "-fdx", "-df", "-dfx", "-xdf", "--force"}),
    "push": frozenset({"--force", "-f", "--force-with-lease", "--delete", "--mirror"}),
    "branch": frozenset({"-D", "--delete"}),
    "checkout": frozenset({"--", ".", "-f", "--force"}),
    "restore": frozenset({"."}),
    "stash": frozenset({"drop", "clear"}),
    "filter-branch": frozenset(),
    "update-ref": frozenset(),
    "reflog": frozenset({"expire", "delete"}),
    "gc": frozenset({"--prune=now"}),
}

DEVICES: frozenset[str] = frozenset(
    {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty", "/dev/zero", "/dev/urandom", "/dev/random"}
)

GIT_GLOBAL_VALUES: frozenset[str] = frozenset(
    {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"}
)
