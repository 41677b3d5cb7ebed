using ReliableDownload.Manual;

namespace ReliableDownload.Api;

/// <summary>What the man page of rd-api says beside its options.</summary>
internal static class RdApiManual
{
    public static IReadOnlyList<ManualSection> Sections { get; } =
    [
        new("ENVIRONMENT",
            [
                "Each option that names an environment variable takes its value from there where it is not given. "
                + "An option given on the command line wins, then the environment variable, then the default.",
            ],
            []),
        new("EXIT STATUS",
            [],
            [
                ("0", "it stopped cleanly, by a signal"),
                ("1", "it cannot start: the port is taken, the folder is missing, or the like"),
                ("2", "wrong usage"),
            ]),
        new("SIGNALS",
            [],
            [("INT, TERM", "Stops: no new connections, and what is under way has 30 seconds to finish. A second one stops at once.")]),
        new("SECURITY",
            [
                "There is no TLS and no authentication: put a reverse proxy in front where they are needed. "
                + "Nothing outside the served folder is served, and nothing is written but the cache.",
            ],
            []),
        new("EXAMPLES", [], [("rd-api --web-root /srv/files --port 8082", "Serves a folder on all addresses of the machine.")]),
        new("SEE ALSO", ["rd(1)"], []),
    ];
}
