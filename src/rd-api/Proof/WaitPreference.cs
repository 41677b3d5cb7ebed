using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Proof;

/// <summary>How long an answer may wait for digests that are being calculated: <c>Prefer: wait=N</c> (RFC 7240, 4.3).</summary>
internal static class WaitPreference
{
    /// <summary>Without a preference: clients and proxies give up after a minute.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <summary>What the client prefers, within the server's limit; null if it says nothing.</summary>
    public static TimeSpan? Of(HttpRequest request, Limits limits)
    {
        foreach (var line in request.Headers["Prefer"])
        {
            foreach (var preference in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                var parts = preference.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
                if (parts is [var name, var value] && name.Equals("wait", StringComparison.OrdinalIgnoreCase)
                    && int.TryParse(value.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                    return seconds < limits.Wait.TotalSeconds ? TimeSpan.FromSeconds(seconds) : limits.Wait;
            }
        }

        return null;
    }

    /// <summary>The same, or else the default; says in the answer what is applied.</summary>
    public static TimeSpan Apply(HttpContext context, Limits limits)
    {
        if (Of(context.Request, limits) is not { } wait)
            return Default;
        context.Response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={wait.TotalSeconds:0}");
        return wait;
    }
}
