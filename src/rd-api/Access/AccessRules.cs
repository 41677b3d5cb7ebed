using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Access;

/// <summary>Users, tokens and rules, as they were when the files were read. Immutable.</summary>
internal sealed record AccessRules
{
    /// <summary>For a path without a rule: every user in the file, but no stranger.</summary>
    private static readonly Audience Users = new(null);

    /// <summary>The bcrypt hash of each user's password.</summary>
    public IReadOnlyDictionary<string, string> Passwords { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Who a bearer token is, by the token's SHA-256 in hex digits.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether clients show certificates.</summary>
    public bool TakesCertificates { get; init; }

    /// <summary>Who is a user by a certificate; null if everybody with one is.</summary>
    public IReadOnlySet<string>? Certificates { get; init; }

    /// <summary>The longest path first.</summary>
    public IReadOnlyList<PathRule> Rules { get; init; } = [];

    /// <summary>Null if links are not signed.</summary>
    public LinkSigner? Links { get; init; }

    /// <summary>Whether there is anybody who could log in.</summary>
    public bool HasUsers => Passwords.Count + Tokens.Count > 0;

    /// <summary>Who may have what is at a path, and its metadata: the longest rule that covers it decides.</summary>
    public Audience AudienceOf(RequestPath path)
    {
        foreach (var rule in Rules)
        {
            if (rule.Covers(path))
                return rule.Audience;
        }

        return Users;
    }
}

/// <summary>Who may have something.</summary>
/// <param name="Names">The names of users; null for all of them.</param>
/// <param name="IsEveryone">Strangers, too.</param>
internal sealed record Audience(IReadOnlySet<string>? Names, bool IsEveryone = false)
{
    public bool Includes(string user) => IsEveryone || Names?.Contains(user) != false;
}

/// <summary>A rule for a path.</summary>
/// <param name="Path">Below the root.</param>
/// <param name="WithAllBelow">Whether it also covers everything below that path.</param>
internal sealed record PathRule(RequestPath Path, bool WithAllBelow, Audience Audience)
{
    // Elsewhere a file can be asked for by a name in other case, and the rule must not be evaded by that.
    private static readonly bool IgnoresCase = !OperatingSystem.IsLinux();

    public bool Covers(RequestPath path)
    {
        var own = Path.Bytes.Span;
        var asked = path.Bytes.Span;
        if (asked.Length < own.Length || !AreSame(asked[..own.Length], own))
            return false;
        return asked.Length == own.Length || (WithAllBelow && (own.IsEmpty || asked[own.Length] == '/'));
    }

    private static bool AreSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        IgnoresCase ? System.Text.Ascii.EqualsIgnoreCase(one, other) || Folded(one) == Folded(other) : one.SequenceEqual(other);

    private static string Folded(ReadOnlySpan<byte> path) => System.Text.Encoding.UTF8.GetString(path).Normalize().ToUpperInvariant();
}
