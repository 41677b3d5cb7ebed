using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Listing;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Tar;

/// <summary><c>?tar</c>: a folder as one file, of which ranges can be asked for. One for all requests.</summary>
internal sealed class TarView(IWebRoot root, TarPlanner planner) : IView, IDisposable
{
    // Reading folders is what a stranger can make cost most.
    private readonly SemaphoreSlim _planning = new(Limits.TarPlans);
    private readonly ClientTurns _turns = new();
    private long _entries;

    public string Name => "tar";

    public Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value) =>
        FolderResponse.TryAnswerAsync(context, root, path, _ => AnswerAsync(context, path));

    public void Dispose() => _planning.Dispose();

    private async Task AnswerAsync(HttpContext context, RequestPath folder)
    {
        try
        {
            var plan = await PlanAsync(context, folder);
            try
            {
                if (Interlocked.Add(ref _entries, plan.Entries.Length) > Limits.TarEntriesInAll)
                    FolderResponse.Refuse(context);
                else
                    await SendAsync(context, folder, plan);
            }
            finally
            {
                Interlocked.Add(ref _entries, -plan.Entries.Length);
            }
        }
        catch (FolderWalkException) when (context.Response.HasStarted)
        {
            context.Abort();
        }
        catch (FolderWalkException refusal) when (refusal.IsTemporary)
        {
            FolderResponse.Refuse(context);
        }
        catch (FolderWalkException refusal)
        {
            await TextResponse.WriteAsync(context, StatusCodes.Status403Forbidden, $"{refusal.Message}\n");
        }
    }

    private async Task<TarPlan> PlanAsync(HttpContext context, RequestPath folder)
    {
        using var turn = await _turns.WaitAsync(context);
        await _planning.WaitAsync(context.RequestAborted);
        try
        {
            return await planner.MakeAsync(context, folder);
        }
        finally
        {
            _planning.Release();
        }
    }

    private async Task SendAsync(HttpContext context, RequestPath folder, TarPlan plan)
    {
        var response = context.Response;
        // The times of what is in the folder do not tell what left it, or came with an old one.
        var decision = FileDecision.Of(context.Request.Method, context.Request.Headers, new Validators(plan.Tag, OtherTag: null, plan.IsYoung, Modified: null, plan.Length));
        // Several ranges are not worth a second form: all of it is a correct answer, too (RFC 9110, 14.2).
        if (decision.Parts is not null)
            decision = new FileDecision(StatusCodes.Status200OK, new ByteRange(0, plan.Length));
        response.StatusCode = decision.Status;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = plan.IsYoung ? $"W/{plan.Tag.Tag}" : plan.Tag.ToString();
        response.Headers.AppendCommaSeparatedValues(HeaderNames.CacheControl, "no-cache");
        if (decision.Status == StatusCodes.Status416RangeNotSatisfiable)
            response.Headers.ContentRange = new ContentRangeHeaderValue(plan.Length).ToString();
        if (decision.Status is not (StatusCodes.Status200OK or StatusCodes.Status206PartialContent))
            return;
        if (decision.Status == StatusCodes.Status206PartialContent)
            response.Headers.ContentRange = MultipartBody.ContentRange(decision.Range, plan.Length);
        response.ContentType = "application/x-tar";
        response.ContentLength = decision.Range.Count;
        response.Headers.XContentTypeOptions = "nosniff";
        var path = folder.Bytes.Span;
        var name = path.IsEmpty ? "files" : PercentEncoding.Encode(path[(path.LastIndexOf((byte)'/') + 1)..]);
        response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{name}.tar";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await response.StartAsync(context.RequestAborted);
        if (!await new TarBody(context, root, planner, folder, plan, decision.Range).SendAsync())
            context.Abort();
    }
}
