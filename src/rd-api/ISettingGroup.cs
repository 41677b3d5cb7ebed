using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>Options that belong together, beside the code that they are for.</summary>
internal interface ISettingGroup
{
    /// <summary>In the order of the help.</summary>
    IEnumerable<Option> Options { get; }

    /// <summary>Adds what the user chose.</summary>
    /// <exception cref="UsageException">A value is invalid, or does not go with another.</exception>
    RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment);
}
