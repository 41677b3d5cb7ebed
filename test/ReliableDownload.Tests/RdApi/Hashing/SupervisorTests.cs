using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Metadata;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class SupervisorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_that_ends_by_a_fault_is_started_again_and_the_health_check_says_so_meanwhile()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var vitals = new Vitals();
        var time = new FakeTimeProvider();
        var supervisor = new Supervisor(vitals, time, NullLogger<Supervisor>.Instance);
        var isAgain = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var starts = 0;
        var running = supervisor.RunAsync("lookup 3", LoopAsync, stop.Token);
        var (status, body) = await HealthAsync(vitals);
        Assert.Equal(503, status);
        Assert.Contains("lookup 3", body, StringComparison.Ordinal);
        Assert.Contains("\"ok\":false", body, StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(1));
        await isAgain.Task.WaitAsync(Eventually.Limit, Cancellation);
        (status, body) = await HealthAsync(vitals);
        Assert.Equal(200, status);
        Assert.Contains("\"ok\":true", body, StringComparison.Ordinal);
        await stop.CancelAsync();
        await running.WaitAsync(Eventually.Limit, Cancellation);

        Task LoopAsync(CancellationToken cancellationToken)
        {
            if (++starts == 1)
                throw new InvalidOperationException("The first time it breaks.");
            isAgain.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    private static async Task<(int Status, string Body)> HealthAsync(Vitals vitals)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        await new Health(vitals).AnswerAsync(context);
        await context.Response.BodyWriter.FlushAsync(Cancellation);
        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }
}
