using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Listing;

/// <summary>What a folder says about itself: its README, below the list. One for all requests.</summary>
internal sealed class Readme(IWebRoot root, AccessControl? access)
{
    private static readonly byte[][] Names = ["README.md"u8.ToArray(), "readme.md"u8.ToArray(), "README.txt"u8.ToArray(), "README"u8.ToArray()];
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseAutoLinks().Build();
    private static readonly string[] Schemes = ["http:", "https:", "mailto:"];

    /// <summary>The README of a folder as HTML; null if there is none that the visitor may have, or one that cannot be read or is too large.</summary>
    public string? Of(HttpContext context, RequestPath folder)
    {
        foreach (var name in Names)
        {
            try
            {
                if (access?.IsGranted(context, folder.Child(name)) == false)
                    continue;
                using var file = root.OpenFile(folder.Child(name));
                if (file is { Identity.Size: <= Limits.ReadmeSize })
                    return $"<section class=\"prose\" aria-label=\"{Encoding.ASCII.GetString(name)}\">\n{Show(Read(file), name.AsSpan().EndsWith("md"u8))}\n</section>\n";
            }
            catch (IOException)
            {
                // The list is what the visitor came for.
            }
        }

        return null;
    }

    private static string Read(ServedFile file)
    {
        var bytes = new byte[file.Identity.Size];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file.Handle, bytes, 0));
    }

    private static string Show(string text, bool isMarkdown)
    {
        if (!isMarkdown)
            return $"<pre>{Html.Encode(text)}</pre>";
        try
        {
            var document = Markdown.Parse(text, Pipeline);
            foreach (var link in document.Descendants<LinkInline>())
            {
                // Pictures come from this server only; elsewhere they would tell who looks.
                link.IsImage &= IsRelative(link.Url);
                link.Url = IsHarmless(link.Url) ? link.Url : "";
            }

            foreach (var link in document.Descendants<AutolinkInline>())
                link.Url = link.IsEmail || IsHarmless(link.Url) ? link.Url : "";
            return document.ToHtml(Pipeline);
        }
        catch (ArgumentException)
        {
            // Nested too deep.
            return $"<pre>{Html.Encode(text)}</pre>";
        }
    }

    private static bool IsHarmless(string? url) => IsRelative(url) || Schemes.Any(scheme => url!.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    // Browsers drop line breaks and read backslashes as slashes: what has a colon before any slash counts as a scheme, whatever is around it.
    private static bool IsRelative(string? url)
    {
        if (url is null or "" || url.AsSpan().TrimStart().StartsWith("//", StringComparison.Ordinal) || url.Contains('\\') || url.Any(char.IsControl))
            return url is null or "";
        var end = url.AsSpan().IndexOfAny("/?#:");
        return end < 0 || url[end] != ':';
    }
}
