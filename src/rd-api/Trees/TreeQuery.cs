using System.Globalization;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Trees;

/// <summary>Which part of a tree is asked for (docs/protocol.md).</summary>
/// <param name="After">The path of the last line that the client has; null for all.</param>
/// <param name="Depth">How many folders inside each other are told, 1 for only what is in the folder itself.</param>
/// <param name="HasDigests">Whether known digests are told: to a client that compares times they are most of what it has to wait for.</param>
internal sealed record TreeQuery(RequestPath? After, int Depth, bool HasDigests)
{
    private const string Sha256 = "sha-256";

    /// <returns>Null if a parameter is invalid; <paramref name="problem"/> says which, in a sentence for the user.</returns>
    public static TreeQuery? Read(IQueryCollection query, out string problem)
    {
        problem = "";
        RequestPath? after = null;
        if (query.TryGetValue("after", out var text))
        {
            if (!TreePath.TryDecode(text.ToString(), out var path))
                problem = "The parameter 'after' must be the path of a line of this tree.";
            after = path;
        }

        var depth = int.MaxValue;
        if (query.TryGetValue("depth", out var number) && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out depth) || depth == 0))
            problem = "The parameter 'depth' must be a number of folders, 1 or more.";
        var digest = query.TryGetValue(Wire.DigestParameter, out var name) ? name.ToString() : Sha256;
        if (digest is not (Sha256 or "none"))
            problem = $"The parameter '{Wire.DigestParameter}' must be {Sha256} or none.";
        return problem.Length > 0 ? null : new TreeQuery(after, depth, digest == Sha256);
    }
}
