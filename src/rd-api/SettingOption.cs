using System.CommandLine;

namespace ReliableDownload.Api;

/// <summary>An option that may also be set elsewhere than on the command line.</summary>
internal interface ISettingOption
{
    /// <summary>The environment variable.</summary>
    string Variable { get; }

    /// <summary>Where each of its values stands in the configuration file, in order; empty if it is not set there, or not taken from there.</summary>
    List<string> Places { get; }
}

/// <inheritdoc cref="ISettingOption"/>
internal sealed class SettingOption<T>(string name, string variable, params string[] aliases) : Option<T>(name, aliases), ISettingOption
{
    public string Variable => variable;

    public List<string> Places { get; } = [];
}
