using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace ReliableDownload.Api.Access;

/// <summary>Finds out who has sent credentials. Thread-safe.</summary>
internal sealed class Logins(TimeProvider clock) : IDisposable
{
    private readonly VerifiedPasswords _verified = new(clock);

    // Bcrypt is made to be slow: strangers must not be able to keep all processors busy with it.
    private readonly SemaphoreSlim _processors = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Who it is, if that is known without computing for long; null does not mean that it is nobody.</summary>
    public string? Recall(AccessRules rules, Credentials credentials, IPAddress client)
    {
        if (credentials.User is not { } user)
            return rules.Tokens.GetValueOrDefault(DigestOf(credentials)) is { } owner && _verified.Contains(client, owner, credentials.Secret, hash: "") ? owner : null;
        return rules.Passwords.TryGetValue(user, out var hash) && _verified.Contains(client, user, credentials.Secret, hash) ? user : null;
    }

    /// <summary>Who it is; null for nobody. Takes as long as bcrypt does.</summary>
    public async Task<string?> VerifyAsync(AccessRules rules, Credentials credentials, IPAddress client, CancellationToken cancellationToken)
    {
        if (credentials.User is not { } user)
        {
            if (rules.Tokens.GetValueOrDefault(DigestOf(credentials)) is { } owner)
                _verified.Add(client, owner, credentials.Secret, hash: "");
            return Recall(rules, credentials, client);
        }

        if (rules.NobodysHash is not { } nobodys)
            return null;
        await _processors.WaitAsync(cancellationToken);
        try
        {
            // Others with the same password may have waited beside this one.
            if (Recall(rules, credentials, client) is not null)
                return user;
            var isUser = rules.Passwords.TryGetValue(user, out var hash);
            if (!BCrypt.Net.BCrypt.Verify(credentials.Secret, hash ?? nobodys) || !isUser)
                return null;
            _verified.Add(client, user, credentials.Secret, hash!);
            return user;
        }
        finally
        {
            _processors.Release();
        }
    }

    private static string DigestOf(Credentials token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token.Secret)));

    public void Dispose() => _processors.Dispose();
}
