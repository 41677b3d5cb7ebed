using ReliableDownload.Manual;

namespace ReliableDownload.Api;

/// <summary>What the man page of rd-api says beside its options.</summary>
internal static class RdApiManual
{
    public static IReadOnlyList<ManualSection> Sections { get; } =
    [
        new("ENVIRONMENT",
            [
                "If an option that names an environment variable is not given, its value is taken from that variable. "
                + "The command line takes precedence over the environment, that over the file that --config names, and that over the default.",
            ],
            []),
        new("EXIT STATUS",
            [],
            [
                ("0", "it stopped cleanly, by a signal"),
                ("1", "it cannot start, for example because the port is taken or the folder of --web-root is missing"),
                ("2", "wrong usage"),
            ]),
        new("SIGNALS",
            [],
            [("INT, TERM", "Stops cleanly: no new connections are accepted, and downloads in progress get the seconds of --drain (30) to finish. A second signal stops at once."),
                ("HUP", "Opens the access log again, and reads the file of --config and the files that the options name again."), ("USR1", "Opens the access log again.")]),
        new("SECURITY",
            [
                "Without --tls-cert and --tls-key nothing is encrypted, and without --auth-file or --key-file whoever can connect can read every file that is served. "
                + "Nothing outside the served folder is served, and nothing is written but the cache.",
            ],
            []),
        new("EXAMPLES", [], [("rd-api /srv/files", "Serves a folder on all addresses of the machine, at port 8082."),
                ("rd-api check --config /etc/rd-api.conf", "Says whether the server would start with these options, and starts nothing."),
                ("rd-api link --key-file key --expires 7d https://files.example.org/big.iso", "Prints a link to a file of an rd-api that has the same --key-file, for seven days."),
                ("rd-api hash --web-root /srv/files --sha256", "Hashes all files before anybody asks, blocks and whole; rd-api hash --help lists its options.")]),
        new("SEE ALSO", ["rd(1)"], []),
    ];
}
