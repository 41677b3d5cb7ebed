using System.Text;

namespace ReliableDownload.Client;

/// <summary>What a server is told so that it lets the user in. Its text form shows nothing of it.</summary>
public sealed class ServerCredentials
{
    private ServerCredentials(string scheme, string parameter) => (Scheme, Parameter) = (scheme, parameter);

    internal string Scheme { get; }

    internal string Parameter { get; }

    /// <summary>A user name and a password (RFC 7617), in UTF-8.</summary>
    /// <exception cref="ArgumentException">The name has a colon, or one of the two has control characters.</exception>
    public static ServerCredentials Basic(string user, string password)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(password);
        if (user.Contains(':') || user.Any(char.IsControl) || password.Any(char.IsControl))
            throw new ArgumentException("a user name has no colon, and neither it nor a password has control characters");
        return OfPair($"{user}:{password}");
    }

    /// <summary>A bearer token (RFC 6750).</summary>
    /// <exception cref="ArgumentException">It has other characters than a token can have.</exception>
    public static ServerCredentials Bearer(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        if (!token.All(character => char.IsAsciiLetterOrDigit(character) || "-._~+/=".Contains(character)))
            throw new ArgumentException("a bearer token has only ASCII letters, digits and -._~+/=");
        return new("Bearer", token);
    }

    /// <summary>Shows nothing of it.</summary>
    public override string ToString() => Scheme;

    internal static ServerCredentials OfPair(string userAndPassword) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(userAndPassword)));
}
