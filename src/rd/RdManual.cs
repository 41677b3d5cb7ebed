using ReliableDownload.Manual;

namespace ReliableDownload.Rd;

/// <summary>What the man page of rd says beside its options.</summary>
internal static class RdManual
{
    /// <summary>The meaning of each exit code, as in docs/rd.md.</summary>
    public static IReadOnlyList<(string Codes, string Meaning)> ExitStatus { get; } =
    [
        ("0", "every file is complete and proven, or already was"),
        ("1", "anything else, such as another rd running the same download"),
        ("2", "wrong usage"),
        ("3", "a local file or folder cannot be read or written"),
        ("4", "network: the server cannot be reached, the connection was lost, or --max-time is over"),
        ("5", "TLS: the certificate is not trusted, or the handshake failed"),
        ("6", "access denied: the server answered 401 or 403, or the proxy refused the login"),
        ("7", "the server violates the protocol"),
        ("8", "not found, or another HTTP error"),
        ("9", "the disk is full"),
        ("10", "a block or the whole file could not be proven, or --require-proof or --proof found no digest"),
        ("11", "the file kept changing on the server"),
        ("12", "the target exists with different content; --force replaces it"),
        ("13", "a file is complete, but nothing proves it; 0 with --allow-unproven"),
        ("129, 130, 143", "stopped by HUP, INT (Ctrl-C) or TERM; fetched data is kept"),
        ("141", "with -O -: whoever read standard output has closed it"),
    ];

    public static IReadOnlyList<ManualSection> Sections { get; } =
    [
        new("RESUMING",
            [
                "After a broken connection, Ctrl-C, a kill or a power cut the same command continues: what arrived and was proven is not fetched again.",
                "Exit status 0 means that every byte of the file on disk is what digests say (the server's, a Metalink's, a list's beside it, --checksum), and that it is flushed.",
            ],
            []),
        new("VERIFYING",
            [
                "rd verify FILE... compares files on disk with a Metalink or a list of digests beside them, or with what --from URL|FILE names, and prints the ranges that differ; --repair fetches only those. "
                + "Exit status: 0 all proven, 10 a file differs, 13 nothing proves it. rd verify --help lists its options.",
            ],
            []),
        new("EXIT STATUS", ["With several URLs it is the status of the first that failed, or else 13 if one is unproven."], ExitStatus),
        new("ENVIRONMENT", [],
            [
                ("RD_OPTION", "The value of an option that is not given: RD_OUTPUT_DIR for --output-dir; true or false for one without a value."),
                ("NO_COLOR", "If set, no colors."),
                ("http_proxy, https_proxy, all_proxy", "Proxies for the two schemes, and for those without one of their own; also in upper case."),
                ("no_proxy", "What needs none: names with all below them, addresses, ranges such as 10.0.0.0/8, each with or without a port; * is all. Also in upper case."),
                ("NETRC", "The file for --netrc instead of ~/.netrc."),
            ]),
        new("FILES", [],
            [
                ("~/.config/rd/config", "Options that are not given, a line each: worker = 8, no-mtime. The environment takes precedence."),
                (".blocks/", "Unfinished downloads, a folder per file; --temp-dir names another place."),
            ]),
        new("EXAMPLES",
            [],
            [
                ("rd http://server.example:8082/images/big.iso", "Downloads big.iso into the current folder, or continues to."),
                ("rd --checksum sha-256=HEX https://mirror.example/big.iso", "Downloads from a server without digests and proves the file by its published checksum."),
                ("rd big.iso.meta4", "Downloads the files that a Metalink names, from all mirrors at once."),
                ("rd verify --repair --from https://mirror.example/big.iso.meta4 big.iso", "Finds damaged ranges of a file on disk, and fetches them again."),
                ("rd -O - https://mirror.example/files.tar | tar x", "Unpacks while it downloads; tar gets proven bytes only."),
                ("rd -o /srv/images -w 4 URL URL", "Downloads two files into a folder, over four connections."),
            ]),
        new("SEE ALSO", ["rd-api(1)"], []),
    ];
}
