using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Listing;

/// <summary><c>?details</c>: what is known of a file, and what to type to get it. One for all requests.</summary>
internal sealed class DetailsView(IWebRoot root, FolderProof proof, FileVersions versions, TimeProvider time) : IView
{
    public string Name => "details";

    public async Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value)
    {
        if (path.EndsWithSlash || root.Identify(path) is not { } identity)
            return false;
        PageFrame.SetHeaders(context.Response);
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
            return true;
        await versions.FindAsync(path, identity, context.RequestAborted);
        Write(context, path, identity, proof.Of(path, identity));
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return true;
    }

    private void Write(HttpContext context, RequestPath path, FileIdentity identity, KnownDigests digests)
    {
        var page = context.Response.BodyWriter;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var up = PageFrame.Up(RequestPath.EncodedOf(target));
        var slash = path.Bytes.Span.LastIndexOf((byte)'/');
        var name = path.Bytes.Span[(slash + 1)..];
        var tail = LinkTail.Of(context.Request.Query);
        PageFrame.Begin(page, Encoding.UTF8.GetString(name), up);
        Breadcrumbs.WriteFile(page, path, tail);
        var link = PercentEncoding.Encode(name);
        Write(page, $"<p class=\"tools\"><a href=\"{link}{tail.First}\" download>Download</a></p>\n<dl>\n");
        Write(page, $"<dt>Kind</dt><dd>{FileKind.Of(name)}</dd>\n");
        Write(page, $"<dt>Size</dt><dd>{Figures.Size(identity.Size)} ({Figures.Bytes(identity.Size)})</dd>\n");
        var modified = identity.ModifiedAt;
        Write(page, string.Create(CultureInfo.InvariantCulture, $"<dt>Modified</dt><dd><time datetime=\"{modified:yyyy-MM-ddTHH:mm:ssZ}\">{modified:yyyy-MM-dd HH:mm:ss} UTC</time></dd>\n"));
        Write(page, $"<dt>Version</dt><dd>{(identity.IsYoung(time.GetUtcNow()) ? "changed just now" : Html.Encode(versions.Of(path, identity).ToString()))}</dd>\n");
        WriteProof(page, digests, proof.PictureOf(path, identity), $"{up}rd/{PercentEncoding.Encode(path.Bytes.Span)}", tail);
        Write(page, "</dl>\n");
        WhatToType.Write(page, PageUrl.Of(context.Request, path), name, tail);
        PageFrame.End(page);
    }

    // The script asks for the digests when the link is pressed, and reads along where they are being calculated anyway. Without it, the link leads to
    // the classic form.
    private static void WriteProof(IBufferWriter<byte> page, KnownDigests digests, BlockPicture? picture, string metadata, LinkTail tail)
    {
        Write(page, $"<dt>Proof</dt><dd id=\"proof\">{ProofWords.Of(digests)}");
        if (!digests.IsComplete)
            Write(page, $" <a id=\"ask\"{(digests.IsInProgress ? " data-live" : "")} href=\"{metadata}{tail.First}\">have the digests of its blocks calculated</a>");
        Write(page, "</dd>\n");
        Write(page, digests.Whole is { } whole
            ? $"<dt>SHA-256</dt><dd class=\"hash\">{whole}</dd>\n"
            : $"<dt>SHA-256</dt><dd><a href=\"?sha256{tail.Next}\">have that of the whole file calculated</a></dd>\n");
        if (picture is not null)
            Write(page, $"<dt>Blocks</dt><dd>{picture.Svg()}<span id=\"hashed\">{Figures.Count(digests.Known, "digest", "digests")} of {Figures.Count(picture.Blocks, "block", "blocks")} known</span></dd>\n");
    }

    private static void Write(IBufferWriter<byte> page, string text) => Encoding.UTF8.GetBytes(text, page);
}
