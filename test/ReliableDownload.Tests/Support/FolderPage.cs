using System.Net;
using System.Text.RegularExpressions;

namespace ReliableDownload.Tests.Support;

/// <summary>A folder's page, as a browser gets it.</summary>
internal static partial class FolderPage
{
    /// <summary>The page at a target, which there must be.</summary>
    public static async Task<string> BrowseAsync(this HttpClient client, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target) { Headers = { { "Accept", "text/html" }, { "Accept-Language", "en" } } };
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The links of its rows, encoded, in order.</summary>
    public static List<string> LinksOf(string page) => [.. Row().Matches(page).Select(row => row.Groups["link"].Value)];

    /// <summary>The names that its rows show, folders with a slash, in order.</summary>
    public static List<string> NamesOf(string page) => [.. Row().Matches(page).Select(row => WebUtility.HtmlDecode(row.Groups["name"].Value + row.Groups["slash"].Value))];

    [GeneratedRegex("<tr><td><a href=\"(?<link>[^\"]*)\"[^>]*>(<bdi>(?<name>.*?)</bdi>(?<slash>/?)</a>)?", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Row();
}
