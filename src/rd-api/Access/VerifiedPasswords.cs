using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace ReliableDownload.Api.Access;

/// <summary>
/// Passwords that were right a short time ago, so that a download of a thousand ranges pays for bcrypt once. They are kept as an HMAC with a key
/// of this process, together with the hash that they fit, so that a changed password is not right any more, and with the client: another one's guesses would be compared with
/// them as often as it likes. Thread-safe.
/// </summary>
internal sealed class VerifiedPasswords(TimeProvider clock)
{
    // Each is kept for one to two of these.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
    private readonly Lock _gate = new();
    private HashSet<string> _young = new(StringComparer.Ordinal);
    private HashSet<string> _old = new(StringComparer.Ordinal);
    private long _began = clock.GetTimestamp();

    public bool Contains(IPAddress client, string user, string password, string hash)
    {
        var entry = Entry(client, user, password, hash);
        lock (_gate)
        {
            Age();
            return _young.Contains(entry) || _old.Contains(entry);
        }
    }

    public void Add(IPAddress client, string user, string password, string hash)
    {
        lock (_gate)
        {
            Age();
            _young.Add(Entry(client, user, password, hash));
        }
    }

    private void Age()
    {
        var age = clock.GetElapsedTime(_began);
        if (age < Lifetime && _young.Count < Limits.VerifiedPasswords)
            return;
        (_old, _young) = (age < Lifetime * 2 ? _young : new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        _began = clock.GetTimestamp();
    }

    private string Entry(IPAddress client, string user, string password, string hash) =>
        Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{client}\n{user}\n{hash}\n{password}")));
}
