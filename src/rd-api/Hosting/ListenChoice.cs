namespace ReliableDownload.Api.Hosting;

/// <summary>Where to listen, as the operator named it. Immutable.</summary>
internal abstract record ListenChoice
{
    /// <summary>Whether only programs of this machine can connect.</summary>
    public abstract bool IsLocal { get; }

    /// <param name="Host">An address or a name of this machine; <c>::</c> means IPv6 and IPv4.</param>
    /// <param name="Port">0 picks a free one.</param>
    internal sealed record Tcp(string Host, int Port) : ListenChoice
    {
        public override bool IsLocal => Host is "127.0.0.1" or "::1" or "localhost";
    }

    /// <param name="Path">The absolute path of the socket's file.</param>
    /// <param name="Mode">Who may connect: the permission to write.</param>
    internal sealed record UnixSocket(string Path, UnixFileMode Mode) : ListenChoice
    {
        /// <summary>Owner and group: a proxy has a user of its own, which can be made a member.</summary>
        public const UnixFileMode DefaultMode =
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

        public override bool IsLocal => true;
    }
}
