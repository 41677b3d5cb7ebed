using System.Net.Http.Headers;
using System.Text;

namespace ReliableDownload.Tests.Support;

/// <summary>The body of a request for many files of a folder.</summary>
internal static class Batch
{
    /// <summary>A line for each path, which has to be encoded already.</summary>
    public static HttpContent Of(params IEnumerable<string> paths) => OfText(string.Concat(paths.Select(path => $"{{\"path\":\"{path}\"}}\n")));

    /// <summary>Whatever a test wants to send.</summary>
    public static HttpContent OfText(string text) => new StringContent(text, Encoding.UTF8, new MediaTypeHeaderValue("application/x-ndjson"));
}
