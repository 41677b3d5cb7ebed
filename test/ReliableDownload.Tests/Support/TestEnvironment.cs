using System.Collections;
using System.Runtime.CompilerServices;

namespace ReliableDownload.Tests.Support;

/// <summary>What the programs, and the library in this process, read of the environment: a person's own settings must not change a test.</summary>
internal static class TestEnvironment
{
    // Those that the tests themselves read.
    private static readonly string[] Kept = ["RD_API", "RD_TORTURE_MIB", "RD_POWER_CUTS"];

    private static readonly string[] Others =
    [
        "NO_COLOR", "HOST", "PORT", "WEB_ROOT", "BLOCK_SIZE", "WORKER", "REDIS_HOST", "REDIS_PORT", "REDIS_URL", "CONGESTION_CONTROL",
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
        "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    ];

    [ModuleInitializer]
    internal static void Clear()
    {
        var own = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => (string)variable.Key).Where(name => name.StartsWith("RD_", StringComparison.Ordinal)).Except(Kept);
        foreach (var name in own.Concat(Others))
            Environment.SetEnvironmentVariable(name, null);
    }
}
