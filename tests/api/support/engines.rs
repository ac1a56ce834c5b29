//! Each story twice, by name: `sqlite::…` and `postgres::…`.

/// Makes two tests of every story, one per engine. Once per module.
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* async fn $story:ident($app:ident: $kind:ty) $body:block)*) => {
        $($(#[$attribute])* async fn $story($app: $kind) $body)*

        $crate::support::engines::stories_on! { sqlite, Sqlite, $($story)* }
        $crate::support::engines::stories_on! { postgres, Postgres, $($story)* }
    };
}

macro_rules! stories_on {
    ($module:ident, $engine:ident, $($story:ident)*) => {
        mod $module { $(
            #[actix_web::test]
            async fn $story() {
                let app = $crate::support::TestApp::on($crate::support::Engine::$engine).await;
                super::$story(app.clone()).await;
                app.finish().await;
            }
        )* }
    };
}

pub(crate) use stories_on;
