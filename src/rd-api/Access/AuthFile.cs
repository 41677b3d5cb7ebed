using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Access;

/// <summary>
/// Parses the file of users: lines <c>name:bcrypt hash</c> as <c>htpasswd -B</c> writes them, <c>name:sha256:digest of a token</c>, <c>name:certificate</c>, and rules
/// <c>/path/** alice,bob</c>. Empty lines and those that begin with <c>#</c> say nothing.
/// </summary>
internal static partial class AuthFile
{
    private const string TokenMark = "sha256:";
    private const string CertificateMark = "certificate";
    private const string AllBelow = "/**";

    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t");

    /// <param name="problem">What is wrong and in which line, without its full stop; null if nothing is.</param>
    public static AccessRules? Parse(string file, IEnumerable<string> lines, out string? problem)
    {
        var passwords = new Dictionary<string, string>(StringComparer.Ordinal);
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        var certificates = new HashSet<string>(StringComparer.Ordinal);
        var rules = new List<(int Line, string Path, PathRule Rule)>();
        var number = 0;
        foreach (var line in lines.Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            problem = line[0] == '/' ? AddRule(line, number, rules) : AddUser(line, passwords, tokens, certificates);
            if (problem is null)
                continue;
            problem = $"{file}, line {number}: {problem}";
            return null;
        }

        bool IsUser(string name) => passwords.ContainsKey(name) || tokens.ContainsValue(name) || certificates.Contains(name);
        problem = rules
            .Where(rule => LastNames(rule.Path).Any(IsUser))
            .Select(rule => $"{file}, line {rule.Line}: {EndsLikeNames(rule.Path)}")
            .Concat(rules
                .SelectMany(rule => (rule.Rule.Audience.Names ?? new HashSet<string>()).Select(name => (rule.Line, Name: name)))
                .Where(use => !IsUser(use.Name))
                .Select(use => $"{file}, line {use.Line}: there is no user {use.Name}: add the name with htpasswd -B, or correct the rule"))
            .FirstOrDefault();
        return problem is not null ? null : new AccessRules
        {
            Passwords = passwords,
            NobodysHash = passwords.Values.GroupBy(CostOf, StringComparer.Ordinal).MaxBy(alike => alike.Count())?.First(),
            Tokens = tokens,
            Certificates = certificates,
            Rules = [.. rules.Select(rule => rule.Rule).OrderByDescending(rule => rule.Path.Bytes.Length).ThenBy(rule => rule.WithAllBelow)],
        };
    }

    private static string? AddUser(string line, Dictionary<string, string> passwords, Dictionary<string, string> tokens, HashSet<string> certificates)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
            return "a line is name:hash, as htpasswd -B writes it, or a rule such as /path/** name";
        var (name, secret) = (line[..colon], line[(colon + 1)..]);
        if (secret.StartsWith(TokenMark, StringComparison.Ordinal))
        {
            var digest = secret[TokenMark.Length..].ToUpperInvariant();
            return Digest().IsMatch(digest) && tokens.TryAdd(digest, name)
                ? null
                : $"the digest of {name}'s token must be 64 hex digits, and in no other line (printf %s TOKEN | sha256sum)";
        }

        if (secret == CertificateMark)
            return certificates.Add(name) ? null : $"{name} has a second line for a certificate: remove one";
        if (!Bcrypt().IsMatch(secret))
            return $"the password of {name} is not hashed with bcrypt, and any other kind is too weak: make it with htpasswd -B";
        return passwords.TryAdd(name, secret) ? null : $"there is a second password for {name}: remove one";
    }

    private static string? AddRule(string line, int number, List<(int Line, string Path, PathRule Rule)> rules)
    {
        var blank = line.AsSpan().LastIndexOfAny(Blanks);
        if (blank < 0)
            return "a rule is a path and who may have it, such as /path/** alice,bob, or * for everybody";
        var (pattern, names) = (line[..blank].TrimEnd(), line[(blank + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries));
        if (pattern.EndsWith(','))
            return EndsLikeNames(pattern);
        if (pattern is [.. { Length: > 1 } folder, '/'])
            return $"the rule's path {pattern} has a slash at its end: write {folder}{AllBelow} for everything below, or {folder} for nothing but the listing";
        var withAllBelow = pattern.EndsWith(AllBelow, StringComparison.Ordinal);
        var name = withAllBelow ? pattern[..^AllBelow.Length] : pattern;
        if (name.Contains('*', StringComparison.Ordinal) || RequestPath.Parse($"/{PercentEncoding.Encode(Encoding.UTF8.GetBytes(name.TrimStart('/')))}", out var path) != PathVerdict.Good)
            return $"the rule's path {pattern} must be like /file, or /folder/** for everything below";
        var audience = names is ["*"] ? new Audience(null, IsEveryone: true) : new Audience(names.ToHashSet(StringComparer.Ordinal));
        if (rules.Any(rule => rule.Rule.WithAllBelow == withAllBelow && rule.Rule.Path.Bytes.Span.SequenceEqual(path.Bytes.Span)))
            return $"there is a second rule for {pattern}: remove one";
        rules.Add((number, pattern, new PathRule(path, withAllBelow, audience)));
        return null;
    }

    // A path may have blanks: names with a blank between them would become its end, and the rule would protect nothing.
    private static string[] LastNames(string path) => path.AsSpan().LastIndexOfAny(Blanks) is >= 0 and var blank ? path[(blank + 1)..].Split(',') : [];

    private static string EndsLikeNames(string path) => $"the path {path} ends like a list of names: write names with commas and without blanks, such as alice,bob";

    private static string CostOf(string bcrypt) => bcrypt.Split('$')[2];

    [GeneratedRegex(@"^\$2[aby]\$(0[4-9]|1[0-9])\$[./A-Za-z0-9]{53}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bcrypt();

    [GeneratedRegex(@"^[0-9A-F]{64}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digest();
}
