using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Routing;

/// <summary>What a request asks for, read once from its target.</summary>
/// <param name="Kind">Which endpoint answers it.</param>
/// <param name="Path">The requested file or folder; the root if there is none.</param>
/// <param name="View">The form in which it is asked for; null for itself.</param>
internal sealed record Route(RouteKind Kind, RequestPath Path, (IView View, string Value)? View = null)
{
    public static Route Of(HttpContext context, Views views)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var verdict = RequestPath.Parse(target, out var path);
        if (verdict != PathVerdict.Good)
            return new Route(verdict == PathVerdict.Malformed ? RouteKind.Malformed : RouteKind.Nothing, RequestPath.Root);
        if (!path.TryBelow("rd"u8, out var below))
            return views.Find(target) is { } view ? new Route(RouteKind.View, path, view) : new Route(RouteKind.File, path);
        if (below.EndsWithSlash && (HttpMethods.IsPost(context.Request.Method) || Metadata.MetadataQuery.AsksForStream(context.Request)))
            return new Route(RouteKind.Tree, below);
        return new Route(below.Bytes.IsEmpty ? RouteKind.Health : RouteKind.Metadata, below);
    }
}

/// <summary>The kinds of requests.</summary>
internal enum RouteKind
{
    /// <summary>A file or a folder below the web root. The contents of a real folder called <c>rd</c> there cannot be fetched.</summary>
    File,

    /// <summary>Another form of one, which a query asks for.</summary>
    View,

    /// <summary><c>/rd/PATH</c>: the digests of a file.</summary>
    Metadata,

    /// <summary><c>/rd/FOLDER/</c>, asked for as a stream, or with the names of files: what is below it.</summary>
    Tree,

    /// <summary><c>/rd/</c>: the health check.</summary>
    Health,

    /// <summary>Not a path.</summary>
    Malformed,

    /// <summary>A path at which nothing is ever served.</summary>
    Nothing,
}
