using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api;

/// <summary>A part of the server that can take other options while it runs.</summary>
internal interface IReloadable
{
    /// <summary>What it is, for the log.</summary>
    string Name { get; }

    /// <summary>The names of the options that it takes.</summary>
    IReadOnlyList<string> Options { get; }

    /// <summary>Tries the options as they are now; what they name is read again, changed or not.</summary>
    /// <returns>Has them used from now on; null if they can be taken only at a start, such as what has been off until now.</returns>
    /// <exception cref="CannotStartException">They cannot be used; nothing has changed.</exception>
    Action? Prepare(RdApiOptions next);
}
