using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Headers;

/// <summary>
/// Says which sites' scripts may read responses, for the framework's middleware: with GET, HEAD and the POST that asks for many files, any request headers (such as Range and Authorization), and
/// what rd-api says of a file. Thread-safe.
/// </summary>
internal sealed class CrossOrigin(CurrentOptions options) : ICorsPolicyProvider
{
    /// <summary>Scripts of all sites.</summary>
    public const string All = "*";

    // Browsers ask again after this time; none keeps it for longer.
    private static readonly TimeSpan Kept = TimeSpan.FromHours(2);

    // The others that a script may read need no permission.
    private static readonly string[] Readable =
        ["Accept-Ranges", "Content-Digest", "Content-Disposition", "Content-Range", "Digest", "ETag", "Link", "Repr-Digest", "Retry-After"];

    private Made? _made;

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        var origins = options.Value.Origins;
        var made = Volatile.Read(ref _made);
        if (!ReferenceEquals(origins, made?.Origins))
            Volatile.Write(ref _made, made = new Made(origins, Policy(origins)));
        return Task.FromResult(made!.Policy);
    }

    /// <summary>
    /// Middleware: who keeps responses must not give one that was made for nobody's script to that of a named site. The framework says so only where several are
    /// named, and only to scripts.
    /// </summary>
    public Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (options.Value.Origins is { Count: > 0 } origins && !origins.Contains(All))
            context.Response.OnStarting(static state => SayThatItVaries(((HttpContext)state).Response.Headers), context);
        return next(context);
    }

    private static Task SayThatItVaries(IHeaderDictionary headers)
    {
        if (!headers.Vary.ToString().Contains("Origin", StringComparison.OrdinalIgnoreCase))
            headers.Append("Vary", "Origin");
        return Task.CompletedTask;
    }

    /// <summary>Whether a browser only asks what a script may do, which the framework answers: but not where no site is named.</summary>
    public bool IsPreflight(HttpRequest request) =>
        options.Value.Origins.Count > 0 && HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0 && request.Headers.AccessControlRequestMethod.Count > 0;

    private static CorsPolicy? Policy(IReadOnlyList<string> origins)
    {
        if (origins.Count == 0)
            return null;
        var policy = new CorsPolicyBuilder()
            .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post)
            .AllowAnyHeader()
            .WithExposedHeaders(Readable)
            .SetPreflightMaxAge(Kept);
        return (origins.Contains(All) ? policy.AllowAnyOrigin() : policy.WithOrigins([.. origins])).Build();
    }

    private sealed record Made(IReadOnlyList<string> Origins, CorsPolicy? Policy);
}
