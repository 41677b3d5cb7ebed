namespace ReliableDownload.Tests.Support;

/// <summary>Faults of the real system for one program: rights that it lacks, and calls for one path that fail (strace(1) makes them).</summary>
internal static class Fault
{
    /// <summary>Shell for <see cref="RdApiProcess.StartLimitedAsync"/>: root may read everything, unless it gives that up.</summary>
    public const string WithoutPrivileges = "[ \"$(id -u)\" != 0 ] || exec setpriv --bounding-set=-dac_override,-dac_read_search \"$0\" \"$@\"";

    /// <summary>Shell for it: reading the names in a folder fails, or takes long.</summary>
    /// <param name="fault">As strace wants it, such as <c>error=EIO</c>.</param>
    public static string OfNames(string folder, string fault) => $"exec strace {string.Join(' ', Options($"'{folder}'", "getdents64", fault))} \"$0\" \"$@\"";

    /// <summary>Starts rd in a folder, where some calls for a path fail.</summary>
    /// <param name="path">Relative to the folder.</param>
    /// <param name="calls">Their names, separated by commas.</param>
    /// <param name="fault">As strace wants it.</param>
    public static ProcessRunner StartRd(TempFolder folder, string path, string calls, string fault, params string[] arguments) =>
        ProcessRunner.Start("/usr/bin/strace", [.. Options(folder[path], calls, fault), ProcessRunner.PathOf("rd"), .. arguments], folder.Path);

    private static string[] Options(string path, string calls, string fault) =>
        ["-f", "-qq", "-o", "/dev/null", "-P", path, "-e", "signal=none", "-e", $"trace={calls}", "-e", $"inject={calls}:{fault}"];
}
