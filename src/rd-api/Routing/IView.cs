using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Routing;

/// <summary>
/// Another form of a file or a folder, asked for by a query such as <c>?meta4</c>. All of them are listed in docs/protocol.md; a new one is a class and a
/// line in <see cref="Composition"/>. One for all requests.
/// </summary>
internal interface IView
{
    /// <summary>The query's name.</summary>
    string Name { get; }

    /// <summary>Answers a GET or HEAD; may block.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">The file or folder.</param>
    /// <param name="value">What follows the name and <c>=</c>, decoded; empty if nothing does.</param>
    /// <returns>False if there is nothing at this path that has this form: 404.</returns>
    Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value);
}
