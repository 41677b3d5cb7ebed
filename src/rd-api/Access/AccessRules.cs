using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Access;

/// <summary>Users, tokens and rules, as they were when the files were read. Immutable.</summary>
internal sealed record AccessRules
{
    /// <summary>For a path without a rule: every user in the file, but no stranger.</summary>
    private static readonly Audience Users = new(null);

    /// <summary>The bcrypt hash of each user's password.</summary>
    public IReadOnlyDictionary<string, string> Passwords { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What a password is compared with where there is no such user, so that the time does not tell which names exist: one of the commonest cost; null if nobody has a password.</summary>
    public string? NobodysHash { get; init; }

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
        var folded = PathRule.Fold(path);
        if (Rules.FirstOrDefault(rule => rule.CoversFolded(folded)) is not { } alike)
            return Users;
        // Elsewhere a file can be asked for by a name in other case.
        if (!OperatingSystem.IsLinux() || alike.Covers(path))
            return alike.Audience;
        // Here that depends on the file system, and may differ from folder to folder. So a rule for another case only takes, and not if there is one for this case, too.
        var own = Rules.FirstOrDefault(rule => rule.Covers(path));
        return own is not null && own.IsLike(alike) ? own.Audience : alike.Audience.And(own?.Audience ?? Users);
    }
}

/// <summary>Who may have something.</summary>
/// <param name="Names">The names of users; null for all of them.</param>
/// <param name="IsEveryone">Strangers, too.</param>
internal sealed record Audience(IReadOnlySet<string>? Names, bool IsEveryone = false)
{
    public bool Includes(string user) => IsEveryone || Names?.Contains(user) != false;

    /// <summary>Who is in both.</summary>
    public Audience And(Audience other)
    {
        if (IsEveryone || other.IsEveryone)
            return IsEveryone ? other : this;
        return Names is null || other.Names is null ? this with { Names = Names ?? other.Names } : this with { Names = Names.Intersect(other.Names).ToHashSet(StringComparer.Ordinal) };
    }
}

/// <summary>A rule for a path.</summary>
/// <param name="Path">Below the root.</param>
/// <param name="WithAllBelow">Whether it also covers everything below that path.</param>
internal sealed record PathRule(RequestPath Path, bool WithAllBelow, Audience Audience)
{
    private readonly string _folded = Fold(Path);

    public bool Covers(RequestPath path)
    {
        var own = Path.Bytes.Span;
        var asked = path.Bytes.Span;
        return asked.StartsWith(own) && (asked.Length == own.Length || (WithAllBelow && (own.IsEmpty || asked[own.Length] == '/')));
    }

    /// <summary>Whether it covers a path of <see cref="Fold"/>, in any case.</summary>
    public bool CoversFolded(string path) =>
        path.StartsWith(_folded, StringComparison.Ordinal) && (path.Length == _folded.Length || (WithAllBelow && (_folded.Length == 0 || path[_folded.Length] == '/')));

    /// <summary>Whether it is for the same, but for the case.</summary>
    public bool IsLike(PathRule other) => _folded == other._folded && WithAllBelow == other.WithAllBelow;

    /// <summary>The same for all paths that differ by case alone.</summary>
    public static string Fold(RequestPath path) => path.Text.ToUpperInvariant();
}
